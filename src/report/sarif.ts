/**
 * A plan as SARIF 2.1.0, the format of code-scanning services and of editors that show what analyses have found.
 *
 * What is wrong is a result that fails; a conservative assumption is a note; a section is told for information, with all the
 * accesses that are the reason for it, and no service should make an alert of it.
 */
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.js';
import { byKeys } from '../order/by-keys.js';
import type { Location, Plan, PlannedHandler } from '../plan/plan.js';
import { adviceFor, boundsSentence, costOf, reasonSentences } from './wording.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
/** What the addresses of files are relative to; services take it for the root of the repository. */
const BASE = '%SRCROOT%';
/** Viewers list them one below the other. */
const MOST_ACCESSES = 50;

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

interface Rule {
  id: string;
  shortDescription: { text: string };
  help: { text: string };
  defaultConfiguration: { level: 'error' | 'warning' | 'note' | 'none' };
}

interface Region {
  startLine: number;
  startColumn?: number;
}

interface PhysicalLocation {
  physicalLocation: { artifactLocation: { uri: string; uriBaseId: string }; region?: Region };
}

interface Result {
  ruleId: string;
  kind: 'fail' | 'informational';
  level: 'error' | 'warning' | 'note' | 'none';
  message: { text: string };
  locations: PhysicalLocation[];
  relatedLocations?: (PhysicalLocation & { id: number; message: { text: string } })[];
}

/** Where the files of a plan are. */
export interface Whereabouts {
  /** Address of the directory that the addresses of files are relative to, with a slash at its end. */
  base: string;
  /** From there to the root of the program, with a slash at its end unless it is empty. */
  prefix: string;
}

/** A plan as an object of SARIF. @param version of this software */
export function sarifOf(plan: Plan, version: string, { base, prefix }: Whereabouts): object {
  const rules = new Map<string, Rule>();
  const locate = locator(prefix);
  const results = [
    ...plan.diagnostics.map(diagnostic => diagnosticResult(diagnostic, rules, locate)),
    ...assumptionResults(plan, rules, locate),
    ...plan.handlers
      .filter(({ protection }) => protection === 'section')
      .map(handler => sectionResult(handler, rules, locate)),
  ];
  const isWhole = !plan.diagnostics.some(({ severity }) => severity === 'error');
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'anyspeed',
            semanticVersion: version,
            rules: [...rules.values()].sort(byKeys<Rule>(({ id }) => id)),
          },
        },
        invocations: [{ executionSuccessful: isWhole }],
        originalUriBaseIds: { [BASE]: { uri: base } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
}

type Locate = (at: Partial<Location>) => PhysicalLocation[];

/** Lines and columns count from 1 in SARIF. */
const locator =
  (prefix: string): Locate =>
  ({ module, line, column }) => {
    if (module === undefined) return [];
    const uri = `${prefix}${module}`.split('/').map(encodeURIComponent).join('/');
    const region = line !== undefined && {
      region: { startLine: line, ...(column !== undefined && { startColumn: column + 1 }) },
    };
    return [{ physicalLocation: { artifactLocation: { uri, uriBaseId: BASE }, ...region } }];
  };

function addRule(
  rules: Map<string, Rule>,
  id: string,
  level: Result['level'],
  description: string,
  help: string,
): void {
  if (rules.has(id)) return;
  rules.set(id, {
    id,
    shortDescription: { text: description },
    help: { text: help },
    defaultConfiguration: { level },
  });
}

const inWords = (code: string): string => code.replaceAll('-', ' ');

function diagnosticResult(
  { code, severity, message, hint, ...place }: Diagnostic,
  rules: Map<string, Rule>,
  locate: Locate,
): Result {
  const level = levels[severity];
  addRule(rules, code, level, `Diagnostic: ${inWords(code)}.`, `docs/diagnostics/${code}.md explains it.`);
  return {
    ruleId: code,
    kind: 'fail',
    level,
    message: { text: `${message} ${hint}` },
    locations: locate(place),
  };
}

/** One for each place. */
function assumptionResults({ assumptions }: Plan, rules: Map<string, Rule>, locate: Locate): Result[] {
  return assumptions.map(assumption => {
    const ruleId = `assumption/${assumption.code}`;
    addRule(
      rules,
      ruleId,
      'note',
      `Conservative assumption: ${inWords(assumption.code)}. It costs concurrency, never correctness.`,
      adviceFor(assumption.code),
    );
    const text = [assumption.message, costOf(assumption), adviceFor(assumption.code)];
    return {
      ruleId,
      kind: 'fail',
      level: 'note',
      message: { text: text.filter(sentence => sentence !== '').join(' ') },
      locations: locate(assumption.at),
    };
  });
}

function sectionResult(handler: PlannedHandler, rules: Map<string, Rule>, locate: Locate): Result {
  addRule(
    rules,
    'section',
    'none',
    'A handler with a section: handlers that conflict with it wait while it is open.',
    'It is open from the first conflicting access to the last. With no suspension between them it would not be needed.',
  );
  const classes = handler.classes.map(({ class: name, mode }) => `${name} (${mode})`).join(', ');
  const text = [`${handler.id} holds ${classes}.`, reasonSentences[handler.reason], boundsSentence(handler)];
  return {
    ruleId: 'section',
    kind: 'informational',
    level: 'none',
    message: { text: text.filter(sentence => sentence !== undefined).join(' ') },
    locations: locate(handler.at),
    relatedLocations: handler.accesses.slice(0, MOST_ACCESSES).flatMap(({ at, mode, resource }, id) =>
      locate(at).map(location => ({
        id,
        ...location,
        message: { text: `${mode}s ${resource}` },
      })),
    ),
  };
}
