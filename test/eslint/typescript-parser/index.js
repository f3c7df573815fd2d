// typescript-eslint's parser with the version of TypeScript that it needs, which is not the one that this repository is checked with.
export { default } from '@typescript-eslint/parser';
