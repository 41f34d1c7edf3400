// csv writes rows as RFC 4180 has it, with a byte order mark, for spreadsheets otherwise take UTF-8 for something else.
export function csv(rows: string[][]): string {
  return '\ufeff' + rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

// A cell that begins like a formula would be run by a spreadsheet; a number is none.
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
