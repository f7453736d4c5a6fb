// What an opcode costs of the budget: what is kept in memory while the pickle is followed counts for more than what is not.

/** Steps by opcode. */
export const WEIGHTS = new Uint8Array(256).fill(2);
for (const opcode of '\x94qrhjg') WEIGHTS[opcode.charCodeAt(0)] = 1;
for (const opcode of 'X\x8c\x8dUTCB\x8e\x96SV') WEIGHTS[opcode.charCodeAt(0)] = 3;
for (const opcode of ']}()\x8f\x85\x86\x87tld\x91R\x81\x92io') WEIGHTS[opcode.charCodeAt(0)] = 10;
