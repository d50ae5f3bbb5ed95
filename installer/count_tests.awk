# Adds up what ctest's log says: test functions of Qt Test programs ("Totals: ..."), other programs as one test each.
# A program that failed without a failed function of its own (a crash, a time-out) counts as one more failure.
/^[0-9]+\/[0-9]+ Test(ing)?: / { totals = 0; failed_here = 0 }
/^Totals: / {
    totals = 1
    passed += $2 - 2  # initTestCase and cleanupTestCase are not tests
    failed += $4
    skipped += $6
    failed_here += $4
}
/^Test Passed\.$/ { if (!totals) passed += 1 }
/^Test Failed\.$/ { if (failed_here == 0) { failed += 1; failed_here = 1 } }
END {
    # What ctest counts as failed in another way (a time-out, a program that is not there) is at least one failure.
    if (status != 0 && failed == 0) failed = 1
    printf "%d passed, %d failed", passed, failed
    if (skipped > 0) printf ", %d skipped", skipped
    printf "\n"
    if (passed + failed == 0) exit 1
}
