import { afterEach, expect, test } from 'vitest';
import { readDisks } from '../../../src/sources/disks.ts';
import { quickInventory } from '../../../src/sources/inventory.ts';
import { createFakeHost, type FakeHost } from '../../fixtures/fake-host.ts';

let host: FakeHost | undefined;
afterEach(() => host?.dispose());

const disk = (
  name: string,
  rotational: string,
  more: { device?: boolean; removable?: string } = {},
): void => {
  const folder = `sys/block/${name}`;
  host?.write(`${folder}/queue/rotational`, rotational);
  host?.write(`${folder}/removable`, more.removable ?? '0');
  if (more.device !== false) host?.write(`${folder}/device/model`, 'any');
};

test('whole disks are counted by kind; partitions, maps, loops, sticks and further namespaces are not', () => {
  host = createFakeHost();
  disk('sda', '1');
  disk('sdaa', '1');
  disk('nvme0n1', '0');
  disk('nvme1n1', '0');
  disk('nvme1n2', '0');
  disk('sdb', '1', { removable: '1' });
  disk('sdc', '1', { device: false });
  disk('sdd', 'nonsense');
  for (const name of ['loop0', 'zram0', 'md127', 'sr0']) disk(name, '0');
  for (const name of ['dm-0', 'nbd0']) disk(name, '1');
  expect(readDisks(host.paths.sysfs)).toEqual({ rotating: 2, solid: 2 });
  expect(quickInventory(host.paths).disks).toEqual({ rotating: 2, solid: 2 });
});

test('without a list of block devices nothing is said of disks', () => {
  host = createFakeHost();
  expect(readDisks(host.paths.sysfs)).toBeUndefined();
  expect(quickInventory(host.paths)).not.toHaveProperty('disks');
});
