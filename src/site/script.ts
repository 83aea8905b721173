/** `npm run styles` writes this file. */
export const SCRIPT = "/scripts/site.9406ea2d0284.js"
