/**
 * The plugin as it would be if it did not look for narrow sections: each protected handler holds its classes from the
 * call until it has settled. What sections of the size of the accesses buy is measured against this.
 */
import { analyzeProgram } from '../../src/analyze.js';
import { createPlugin } from '../../src/babel/create-plugin.js';
import { readModelFiles } from '../../src/effects/models/read.js';
import { findAll } from '../../src/findings/find-all.js';
import { findKeys } from '../../src/keys/find-keys.js';
import { refineClasses } from '../../src/keys/refine.js';
import { buildPlan } from '../../src/plan/build-plan.js';
import { findCovered } from '../../src/sections/covered.js';
import { decideForms, type SectionForm } from '../../src/sections/forms.js';

/** A section in the body of a handler is there because nothing calls a handler while it is open. */
const widened = (form: SectionForm): SectionForm =>
  form.form === 'body' && !form.placement.isGate
    ? { form: 'whole', reason: 'not-async', carriesTask: false, mayCallOthers: false }
    : form;

export default createPlugin((graph, options) => {
  const analysis = analyzeProgram(graph, options, readModelFiles(options.models));
  const { program, sharing, handlers, accesses, conflicts, waits } = analysis;
  const forms = decideForms(program, handlers, conflicts, waits).map(widened);
  const findings = findAll(analysis, false);
  const found = findKeys(program, sharing, handlers, accesses, conflicts, forms);
  const { conflicts: finer, keys } = refineClasses(conflicts, accesses, found);
  const covered = findCovered(finer, forms, keys);
  return buildPlan({ ...analysis, graph, conflicts: finer, forms, keys, covered, findings });
});
