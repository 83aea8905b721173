/** The number of articles on a large wire. */
import { inject } from "vitest"

/**
 * A cost that is the same to the row with 1,000 articles and with this many does not depend on their number. `npm run
 * test:long` has more, up to the number that the statements were designed for.
 */
export const LARGE = inject("effort") > 1 ? 100_000 : 20_000
