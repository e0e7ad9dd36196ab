/** Where Grafana looks for the files of this folder; put into place by hand or by a package. */
const FOLDER = '/var/lib/grafana/dashboards/negawatt';

export const PROVIDER_FILE = {
  apiVersion: 1,
  providers: [
    {
      ...{ name: 'negawatt', orgId: 1, folder: 'negawatt', type: 'file' },
      // They are generated: what is changed in the browser would be lost at the next start.
      ...{ disableDeletion: false, allowUiUpdates: false, updateIntervalSeconds: 60 },
      options: { path: FOLDER, foldersFromFilesStructure: false },
    },
  ],
};

/** `timeInterval` has to be the scrape interval: `$__rate_interval` follows from it. */
export const dataSourceFile = () => ({
  apiVersion: 1,
  datasources: [
    {
      ...{ name: 'negawatt', uid: 'negawatt', type: 'prometheus', access: 'proxy' },
      url: 'http://127.0.0.1:9090',
      jsonData: { timeInterval: '15s', httpMethod: 'POST', prometheusType: 'Prometheus' },
    },
  ],
});
