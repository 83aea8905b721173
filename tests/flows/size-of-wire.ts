/** The number of articles on a large wire. */
import { inject } from "vitest"

/**
 * If a cost is the same with 1,000 articles and with this number, it does not depend on the number. `npm run test:long`
 * uses a larger number.
 */
export const LARGE = inject("effort") > 1 ? 100_000 : 5_000
