import * as z from 'zod/mini';

const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount';

const isAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
};

export const kubeletOptions = z.object({
  url: z
    ._default(
      z
        .string()
        .check(
          z.maxLength(2048),
          z.refine(isAddress),
          z.meta({ 'x-expected': 'a URL such as https://127.0.0.1:10250' }),
        ),
      'https://127.0.0.1:10250',
    )
    .check(z.describe('Address of the kubelet of this node; /pods of it is read.')),
  token_file: z
    ._default(z.string().check(z.maxLength(4096)), `${MOUNTED}/token`)
    .check(
      z.describe('Token of a service account that may get nodes/proxy (nodes/pods from Kubernetes 1.33 on).'),
    ),
  ca_file: z
    ._default(z.string().check(z.maxLength(4096)), `${MOUNTED}/ca.crt`)
    .check(z.describe("Certificates that the kubelet's own is checked against.")),
  verify_certificate: z
    ._default(z.boolean(), true)
    .check(
      z.describe(
        'Whether its certificate is checked. Most kubelets sign their own: then false, for a loopback address alone, so that the token stays on this host.',
      ),
    ),
  interval: z
    ._default(z.number().check(z.gte(5), z.lte(3600)), 30)
    .check(z.describe('Seconds between two questions while no container comes or goes.')),
});
export type KubeletOptions = z.infer<typeof kubeletOptions>;
