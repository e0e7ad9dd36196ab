// The ranks of DESIGN section 2, as rules. A file imports from a lower rank or from its own folder.
const pure =
  '^src/(energy|attribution|carbon|savings)/|^src/(ledger|snapshot|metrics|metrics-savings|savings-points|savings-standing|booking|view|arm-points|gpu-points|grid-points|footprint|lived|resumed|usage|usage-book|usage-classes|usage-slices)\\.ts$';
const io = '^src/(sources|grid|work|store|history|exporters)/';
const ranked = [
  { rank: 0, path: '^src/units\\.ts$' },
  { rank: 1, path: '^src/model/' },
  { rank: 2, path: pure },
  { rank: 3, path: io },
  {
    rank: 4,
    path: '^src/(pipeline|engine|factors|evaluate|evaluate-compare|evaluate-designs|evaluate-fleet|evaluate-detectable|evaluate-counters|evaluate-overlap|evaluate-scope|evaluate-standing|evaluate-tools|calibrate|inventory|inventory-fleet)\\.ts$',
  },
  { rank: 5, path: '^src/(config|lab)/' },
  {
    rank: 6,
    path: '^src/(index|build-id|comparing|evaluating|evaluating-thread|plans|reading|reading-process|start|statements)\\.ts$',
  },
];
const upward = ranked.map(({ rank, path }) => ({
  name: `rank-${rank}-imports-nothing-higher`,
  comment: 'Arrows point down: see the picture in src/README.md.',
  severity: 'error',
  from: { path },
  to: {
    path: ranked
      .filter((other) => other.rank > rank)
      .map((other) => other.path)
      .concat('^(agent|dashboards|test)/'),
  },
}));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-sibling-folders',
      comment: 'Two folders of one rank meet one rank higher, never sideways.',
      severity: 'error',
      from: { path: '^src/(energy|attribution|carbon|savings|sources|grid|work|store|history|exporters)/' },
      to: {
        path: '^src/(energy|attribution|carbon|savings|sources|grid|work|store|history|exporters)/',
        pathNot: ['^src/$1/', pure],
      },
    },
    {
      name: 'no-sibling-folders-among-pure',
      severity: 'error',
      from: { path: '^src/(energy|attribution|carbon|savings)/' },
      to: { path: '^src/(energy|attribution|carbon|savings)/', pathNot: '^src/$1/' },
    },
    {
      name: 'pure-stays-pure',
      comment: 'Ranks 0 to 2 take no npm package and no Node module: no clock, no file, no randomness.',
      severity: 'error',
      from: { path: `^src/units\\.ts$|^src/model/|${pure}` },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      },
    },
    {
      name: 'agent-sees-the-index-alone',
      comment: 'And what the command line needs before the rest is loaded.',
      severity: 'error',
      from: { path: '^agent/' },
      to: { path: '^src/', pathNot: '^src/(index|start)\\.ts$' },
    },
    {
      name: 'dashboards-see-the-catalogue-alone',
      severity: 'error',
      from: { path: '^dashboards/' },
      to: { path: '^(src|agent)/', pathNot: '^src/metrics\\.ts$' },
    },
    { name: 'not-to-test', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^(src|agent)/', pathNot: '^agent/package/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Its packages are its own, and not installed with the others: `npm --prefix test/look run check`.
    exclude: { path: '^test/look/page/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
