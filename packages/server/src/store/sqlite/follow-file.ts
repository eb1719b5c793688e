// Keeps what was opened at a path open, and opens it again when another file lies there: a damaged one is moved aside by its owner.
import { statSync } from 'node:fs';

export interface FollowedFile<Opened> {
  /** What is open now. One call at a time. Rejects as opening does, and tries again at the next call. */
  current(): Promise<Opened>;
  /** Closes what is open; `current` would open it again. */
  close(): Promise<void>;
}

export function followFile<Opened extends { close(): Promise<void> }>(
  path: string,
  open: () => Promise<Opened>,
): FollowedFile<Opened> {
  const inodeNow = () => statSync(path, { throwIfNoEntry: false })?.ino;
  let known: { readonly opened: Opened; readonly inode: number | undefined } | undefined;
  const close = async () => {
    const before = known;
    known = undefined;
    await before?.opened.close();
  };
  return {
    async current() {
      // Looked up before opening: whoever puts another file there meanwhile costs one more opening, and is never missed.
      const inode = inodeNow();
      if (known !== undefined && known.inode === inode) return known.opened;
      await close();
      const opened = await open();
      known = { opened, inode };
      return opened;
    },
    close,
  };
}
