// Writes src/api/generated/schema.d.ts from the console's OpenAPI document. The document says of a policy only that it
// is an object; where the sekisho command is built, the policy's own JSON Schema takes that place, as in the document
// that the console serves.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const webFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = resolve(webFolder, '../../..');
const output = join(webFolder, 'src/api/generated/schema.d.ts');

function policySchema() {
  const command = process.env.SEKISHO_CLI ?? join(repository, 'build/release/bin/sekisho');
  if (!existsSync(command)) return undefined;
  return JSON.parse(execFileSync(command, ['policy', 'schema'], { encoding: 'utf8' }));
}

// `#/$defs/rule` becomes `#/components/schemas/PolicyRule`.
function schemaName(definition) {
  return 'Policy' + definition.split('_').map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}

function withComponentReferences(node) {
  if (Array.isArray(node)) return node.map(withComponentReferences);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace(/^#\/\$defs\/(\w+)$/, (_, name) => `#/components/schemas/${schemaName(name)}`)]
        : [key, withComponentReferences(value)],
    ),
  );
}

function insertPolicy(document, schema) {
  const { $schema: _dialect, $defs: definitions, ...policy } = schema;
  document.components.schemas.Policy = withComponentReferences(policy);
  for (const [name, definition] of Object.entries(definitions)) {
    document.components.schemas[schemaName(name)] = withComponentReferences(definition);
  }
}

const document = parse(readFileSync(join(webFolder, '../api/openapi.yaml'), 'utf8'));
const schema = policySchema();
if (schema) insertPolicy(document, schema);

const text = astToString(await openapiTS(document, { defaultNonNullable: false }));
mkdirSync(dirname(output), { recursive: true });
// An unchanged file keeps its time, so that watchers stay quiet.
if (!existsSync(output) || readFileSync(output, 'utf8') !== text) writeFileSync(output, text);
