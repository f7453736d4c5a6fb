import { readFileSync } from 'node:fs';
import * as d from '/work/main/src/detect/index.ts';
import { makeTexts, SYSTEM_PROMPT } from '/work/main/tools/bench/detect-texts.ts';
const R='/work/main/content/rules/';
const [,, part, kind, n='8000'] = process.argv;
const ctx=(channel:any,sp:string[]=[])=>({direction:channel==='output'?'output':'input',channel,systemPrompts:sp,canaries:[],knownHosts:new Set()} as any);
const sec=d.parseSecretRules(readFileSync(R+'secrets.yaml','utf8'),'s');
const dets:any={pii:[d.piiDetector],attack:[d.createAttackDetector(['extraction','jailbreak','authority','override'].flatMap(x=>[...d.parseRules(readFileSync(R+`attack/${x}.yaml`,'utf8'),x)]))],secrets:[d.createSecretDetector(sec),d.createSecretTailDetector(sec)],link:[d.linkDetector],active:[d.activeContentDetector],leak:[d.leakDetector],view:[],layers:[]};
const texts=makeTexts(kind as any,1500,2048,5);
const c=ctx('output',part==='leak'?[SYSTEM_PROMPT]:[]);
const run=(t:string)=>{const v=d.createView(t);v.lower;if(part==='layers')v.layers();for(const x of dets[part])x.inspect(v,c);};
for(const t of texts)run(t);
let best=1e9;const N=Math.ceil(+n/1500);
for(let r=0;r<N;r++){const b=process.cpuUsage();for(const t of texts)run(t);const u=process.cpuUsage(b);best=Math.min(best,(u.user+u.system)/texts.length);}
console.log(part,kind,best.toFixed(1));
