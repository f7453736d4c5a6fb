// Other people's files, read within bounds: containers, compressions, and the languages of templates and code. Apart from
// codec/, since what is on the wire must run where there is no Node.
export type { Bytes } from './bytes.ts';
export { Cursor, Malformed } from './cursor.ts';
export { decodeBzip2 } from './bzip2.ts';
export { decodeDeflate, decodeGzip, decodeZlib } from './inflate.ts';
export { decodeLz4 } from './lz4.ts';
export { type ByteReader, decodeLzma, decodeLzmaAlone } from './lzma.ts';
export { type Field, ProtobufFault, readFields } from './protobuf.ts';
export type { Hdf5Attribute } from './hdf5/attributes.ts';
export { openHdf5 } from './hdf5/superblock.ts';
export { type Hdf5Dataset, type Hdf5Visitor, walkHdf5 } from './hdf5/walk.ts';
export { isJsonObject, type JsonList, type JsonObject, type JsonTree, readJsonTree } from './json-tree.ts';
export type { JinjaArgument, JinjaExpression, JinjaParameter, JinjaStatement } from './jinja/node.ts';
export { parseJinja } from './jinja/parse.ts';
export { JinjaBroken } from './jinja/tokens.ts';
export { readUbjson } from './ubjson.ts';
export { parsePythonLiteral, type PythonLiteral } from './python-literal.ts';
export {
  type Argument as PythonArgument,
  type PythonNode,
  type PythonStatement,
  PythonTooDeep,
  PythonTooLong,
} from './python/node.ts';
export { SIMPLE_ESCAPES } from './python/escapes.ts';
export { readPython } from './python/statement.ts';
export { type HclBlock, type HclValue, parseHcl } from './hcl.ts';
export { decodeXz } from './xz.ts';
export { SevenZipFault, decodeSevenZipFolder } from './seven-zip/folder.ts';
export {
  readSevenZipHeader,
  type SevenZipFile,
  type SevenZipFolder,
  type SevenZipStreams,
} from './seven-zip/header.ts';
export { decodeZstd } from './zstd.ts';
