import { expect, it } from 'vitest';
import { AncileError } from '../../../base/index.ts';
import { parsePage, toListQuery } from './listing.ts';

const page = (inner: string): Buffer =>
  Buffer.from(`<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`); // prettier-ignore
const object = (key: string, etag = '&quot;abc-2&quot;', size = '5'): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>${etag}</ETag><Size>${size}</Size></Contents>`;

it('reads objects, prefixes and the next page, with keys encoded and not', () => {
  const encoded = page(
    `<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>t/1=</NextContinuationToken>${object('a+b%2Bc/%C3%BC')}<CommonPrefixes><Prefix>x%20y/</Prefix></CommonPrefixes>`,
  );
  expect(parsePage(encoded)).toEqual({
    objects: [{ key: 'a b+c/ü', size: 5, etag: '"abc-2"', modified: '2026-01-02T03:04:05.678Z' }],
    prefixes: ['x y/'],
    next: 't/1=',
  });
  expect(parsePage(page(`<IsTruncated>false</IsTruncated>${object('a+b%2B&amp;', 'bare')}`)).objects).toMatchObject([
    { key: 'a+b%2B&', etag: '"bare"' },
  ]);
});

it.each([
  '<Error><Code>AccessDenied</Code></Error>',
  '{}',
  page('<IsTruncated>true</IsTruncated>').toString(),
  page(object('a', '')).toString(),
  page(object('a', '"x"', '-1')).toString(),
  page('<EncodingType>url</EncodingType>' + object('%ff')).toString(),
])('refuses %s', (text) => expect(() => parsePage(Buffer.from(text))).toThrow(AncileError));

it('asks in the order of a signature, every character encoded', () => {
  expect(toListQuery({ prefix: "a b/(1)'", most: 7, delimiter: '/' })).toBe(
    'delimiter=%2F&encoding-type=url&list-type=2&max-keys=7&prefix=a%20b%2F%281%29%27',
  );
});
