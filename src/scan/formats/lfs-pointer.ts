// A pointer of Git LFS in place of a file: what it points to is not here, and so nothing was looked at.
import type { Format } from '../format.ts';

const MOST = 1024;
const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[a-z0-9.-]{1,40} [^\n]{1,200}\n?){1,20}$/;

export const lfsPointer: Format = {
  id: 'lfs-pointer',
  match: ({ text }) => (text.startsWith('version https://git-lfs.github.com/spec/v1\n') ? 'sure' : false),
  scan(source, look) {
    // Git LFS takes nothing longer for a pointer, and nothing that goes on otherwise.
    const text = Buffer.from(source.read(0, MOST + 1)).toString('latin1');
    if (text.length > MOST || !POINTER.test(text)) {
      return look.unseen('it begins like a pointer of Git LFS and is none; what follows was not looked at');
    }
    const size = /\nsize (\d{1,18})\n/.exec(text)?.[1];
    look.unseen(
      `a pointer of Git LFS stands here${size === undefined ? '' : ` for a file of ${size} bytes`}; fetch it (git lfs pull) and scan again`,
    );
  },
};
