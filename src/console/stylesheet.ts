/** `npm run styles` writes this file. */
export const CONSOLE_STYLESHEET = "/styles/console.b8bb7acddc59.css"
