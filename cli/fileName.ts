/** A text, which a file may have brought, as a part of a file's name: it cannot lead out of its folder. */
export const fileName = (text: string): string => text.replace(/[^A-Za-z0-9.=-]+/g, '-')
