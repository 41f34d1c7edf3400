// saveFile gives the player a file that was made in the page.
export function saveFile(name: string, media: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: `${media};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
