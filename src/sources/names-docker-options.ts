import * as z from 'zod/mini';

const socketOptions = (socket: string) =>
  z.object({
    socket: z
      ._default(z.string().check(z.maxLength(4096)), socket)
      .check(
        z.describe(
          'Socket of the API, below path.rootfs. Who may write to it is as mighty as root: only GET requests are sent, ' +
            'and a proxy that lets nothing else pass is better still.',
        ),
      ),
    interval: z
      ._default(z.number().check(z.gte(10), z.lte(86_400)), 300)
      .check(z.describe('Seconds between two questions while no container comes or goes.')),
  });
/** `/run`, not `/var/run`: the latter is an absolute link on many hosts and leads out of path.rootfs. */
export const dockerOptions = socketOptions('/run/docker.sock');
export const podmanOptions = socketOptions('/run/podman/podman.sock');
export type DockerOptions = z.infer<typeof dockerOptions>;
