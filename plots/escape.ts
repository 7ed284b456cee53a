const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** A text as it stands in an element or an attribute of HTML and SVG. */
export const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)
