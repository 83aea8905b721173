/** `npm run styles` writes this file. */
export const SCRIPT = "/scripts/site.b0649e48475f.js"
