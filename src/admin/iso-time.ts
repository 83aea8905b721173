/** Times as the admin API shows them: RFC 3339. Queries whose rows are shown unchanged use isoTimeOf(). */
export const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
