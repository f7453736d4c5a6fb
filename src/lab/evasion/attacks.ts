// Every attack that moves samples, by the name that the command line knows it by.
import type { Attack } from '../attack.ts';
import { apgdCe, apgdDlr, apgdT } from './apgd.ts';
import { autoattack, autoattackRand } from './autoattack.ts';
import { cw } from './cw.ts';
import { deepfool } from './deepfool.ts';
import { fab, fabT } from './fab.ts';
import { fgsm } from './fgsm.ts';
import { hopSkipJump } from './hopskipjump.ts';
import { miFgsm } from './mi-fgsm.ts';
import { pgd } from './pgd.ts';
import { simba, simbaDct } from './simba.ts';
import { square } from './square.ts';

export const ATTACKS: ReadonlyMap<string, Attack> = new Map(
  [
    fgsm,
    pgd,
    miFgsm,
    apgdCe,
    apgdDlr,
    apgdT,
    fab,
    fabT,
    cw,
    deepfool,
    square,
    hopSkipJump,
    simba,
    simbaDct,
    autoattack,
    autoattackRand,
  ].map((attack) => [attack.name, attack]),
);
