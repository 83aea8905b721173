/** How many articles a large wire has. */
import { inject } from "vitest"

/**
 * A cost that is the same to the row with 1,000 articles and with these does not depend on their number.
 * `npm run test:long` has more of them, up to what the statements were made for.
 */
export const LARGE = inject("effort") > 1 ? 100_000 : 20_000
