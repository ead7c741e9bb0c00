/**
 * A record no longer refers to its movement by a foreign key. Both are new in one transaction, so the check read the last page of the
 * movements' index, into which every other daemon writes: under SERIALIZABLE any two daemons were in each other's way. A movement is
 * never removed, and `ewallet system verify` looks for records without one.
 */
export const freeRecords = `
ALTER TABLE transfer_records DROP CONSTRAINT transfer_records_movement_fkey;
`
