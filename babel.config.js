// How this repository's own TypeScript is compiled for the tests: types are stripped, ES modules stay.
export default {
  presets: [['@babel/preset-typescript', { onlyRemoveTypeImports: true, allowDeclareFields: true }]],
};
