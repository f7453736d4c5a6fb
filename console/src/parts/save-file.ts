// What the server made, saved as a file by the browser.

/** A name that any system takes: what outsiders called a thing is no path here. */
export function fileNameOf(text: string, ending: string): string {
  const safe = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^\.+/, '');
  return `${safe.slice(0, 100)}.${ending}`;
}

export function saveFile(content: BlobPart, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = window.document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export const saveJson = (document: object, name: string): void =>
  saveFile(JSON.stringify(document, undefined, 2), 'application/json', name);
