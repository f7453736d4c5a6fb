// The report: one page that fetches nothing, in which nothing of others is markup; and its pictures.
import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { RunOptions } from '../run.ts';
import { runAttacks } from '../run.ts';
import { toScorecard } from '../scorecard.ts';
import { CORNERS, STEP, samplesOf, thresholdTarget } from '../testing/threshold.ts';
import { renderReport } from './page.ts';
import { createGallery, layoutOf, paintPicture } from './pictures.ts';
import { renderPng } from './png.ts';

const HOSTILE = '"><script>alert(1)</script><img src=http://evil.example/x>\u202e';

async function page(): Promise<string> {
  const target = thresholdTarget();
  const samples = { ...samplesOf([0.2, 0.45, 0.55, 0.8]), path: HOSTILE };
  const gallery = createGallery(samples);
  const options: RunOptions = {
    plans: [STEP, CORNERS].map((attack) => ({ attack, steps: 4 })),
    ...{ norm: 'linf', eps: [0.1, 0.2], seed: 0, batch: 2, budget: {}, signal: new AbortController().signal },
    space: () => ({ low: 0, high: 1 }),
    onJudged: (judged) => gallery.add(judged),
  };
  const outcome = await runAttacks(target, samples, options);
  const card = toScorecard({
    ...{
      version: '0',
      time: new Date(0),
      target,
      model: { path: HOSTILE },
      samples,
      options,
      bounds: HOSTILE,
      constrained: false,
    },
    outcome,
    certificates: [
      {
        ...{ method: 'interval', norm: 'linf', samples: 4 },
        curve: [{ radius: 0.1, certifiedAccuracy: 0.5, interval: { low: 0.15, high: 0.85 } }],
      },
    ],
  });
  const queries = outcome.runs.flatMap(({ plan, toSuccess }) =>
    toSuccess ? [{ name: plan.attack.name, toSuccess }] : [],
  );
  expect(gallery.pictures(0.2).length).toBe(4);
  // Four numbers are no picture; as one row of four by one they could be.
  const shaped = { ...card, model: { ...card.model, shape: [1, 4, 4] } };
  const pictures = [
    { ...gallery.pictures(0.2)[0]!, original: new Float32Array(16), example: new Float32Array(16).fill(0.1) },
  ];
  return renderReport({ card: shaped, pictures, range: [0, 1], queries, classNames: [HOSTILE, 'b'] });
}

it('takes nothing of others for markup, and asks nobody for anything', async () => {
  const text = await page();
  expect(text).not.toMatch(/<script|<img src=http|src="http|href=|url\(|@import|\u202e/);
  expect(text).toContain('&lt;script&gt;');
  expect(text).toContain("default-src 'none'");
  expect([...text.matchAll(/<img src="([^"]{0,22})/g)].map((match) => match[1])).toEqual(
    new Array(3).fill('data:image/png;base64,'),
  );
  for (const part of [
    'Accuracy against eps',
    'Fooled against queries',
    'Before',
    'After, by any attack',
    'change ×',
    'Certificates',
    'linf 0.1',
  ]) {
    expect(text).toContain(part);
  }
});

it('writes PNG that holds the pixels', () => {
  const png = renderPng(Uint8ClampedArray.of(0, 128, 255, 1, 2, 3), 3, 2, 1);
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([3, 2, 8, 0]);
  const data = png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8);
  expect([...inflateSync(data)]).toEqual([0, 0, 128, 255, 0, 1, 2, 3]);
});

it('knows what is an image, channels first, last or none', () => {
  const place = (shape: number[]) => layoutOf(shape)?.at(1, 2, shape.length === 2 ? 0 : 0);
  expect([place([3, 8, 9]), place([8, 9, 3]), place([8, 9]), place([1, 8, 9])]).toEqual([11, 33, 11, 11]);
  for (const shape of [[4], [2, 8, 8], [8, 2], [1, 8, 5000]]) expect(layoutOf(shape)).toBeUndefined();
  const picture = {
    ...{ attack: 'a', eps: 1, sample: 0, label: 0, predicted: 1, distance: 1 },
    original: new Float32Array(16),
    example: new Float32Array(16).fill(0.25),
  };
  expect(paintPicture(picture, layoutOf([4, 4])!, [0, 1]).factor).toBe(2);
});
