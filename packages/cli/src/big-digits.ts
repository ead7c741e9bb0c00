const rows: Readonly<Record<string, readonly [string, string, string]>> = {
  '0': ['┏━┓', '┃ ┃', '┗━┛'],
  '1': ['╺┓ ', ' ┃ ', '╺┻╸'],
  '2': ['┏━┓', '┏━┛', '┗━╸'],
  '3': ['┏━┓', '╺━┫', '┗━┛'],
  '4': ['╻ ╻', '┗━┫', '  ╹'],
  '5': ['┏━╸', '┗━┓', '┗━┛'],
  '6': ['┏━┓', '┣━┓', '┗━┛'],
  '7': ['┏━┓', '  ┃', '  ╹'],
  '8': ['┏━┓', '┣━┫', '┗━┛'],
  '9': ['┏━┓', '┗━┫', '┗━┛'],
  ':': ['╻', ' ', '╹'],
}

/** Figures three lines high, for what is read from across the room: digits and colons. */
export function bigDigits(text: string): string[] {
  const figures = [...text].flatMap((character) => rows[character] ?? [])
  return [0, 1, 2].map((line) => figures.filter((_, index) => index % 3 === line).join(' '))
}
