/** `npm run styles` writes this file. */
export const SCRIPT = "/scripts/site.7524c22c142b.js"
