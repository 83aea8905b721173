/** `npm run styles` writes this file. */
export const CONSOLE_STYLESHEET = "/styles/console.50adb15100fc.css"
