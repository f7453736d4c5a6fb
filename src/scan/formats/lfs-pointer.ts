// A pointer of Git LFS in place of a file: what it points to is not here, and so nothing was looked at.
import type { Format } from '../format.ts';

export const lfsPointer: Format = {
  id: 'lfs-pointer',
  match: ({ text }) => (text.startsWith('version https://git-lfs.github.com/spec/v1\n') ? 'sure' : false),
  scan(source, look) {
    const text = Buffer.from(source.read(0, 1024)).toString('latin1');
    const size = /\nsize (\d{1,18})\n/.exec(text)?.[1];
    look.unseen(
      `a pointer of Git LFS stands here${size === undefined ? '' : ` for a file of ${size} bytes`}; fetch it (git lfs pull) and scan again`,
    );
  },
};
