/** Counts the results of vitest. An error outside a test counts as a failure. Pure. */

/** The members of vitest's JSON report that this file reads. */
export interface VitestReport {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests?: number
  numTodoTests?: number
  testResults?: { name: string; status: string; assertionResults?: { status: string }[] }[]
}

export interface Counts {
  passed: number
  failed: number
  notes: string[]
}

/** Counts passed and failed tests. A file that does not load, a run without tests and a crash are one failure each. */
export function countTests(exitCode: number, report: VitestReport | undefined): Counts {
  if (!report) return { passed: 0, failed: 1, notes: ["vitest ended without a report."] }
  const notes: string[] = []
  let failed = report.numFailedTests
  for (const file of report.testResults ?? []) {
    const tests = file.assertionResults ?? []
    if (file.status !== "failed" || tests.some(({ status }) => status === "failed")) continue
    failed += 1
    notes.push(`${file.name} failed outside of its tests.`)
  }
  const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
  if (skipped > 0) notes.push(`${skipped} skipped.`)
  if (report.numPassedTests + failed === 0) {
    failed += 1
    notes.push("vitest ran no test.")
  }
  if (failed === 0 && (exitCode !== 0 || !report.success)) {
    failed += 1
    notes.push(`vitest failed outside of the tests (exit code ${exitCode}).`)
  }
  return { passed: report.numPassedTests, failed, notes }
}
