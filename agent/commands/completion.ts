import { Argument, type Command } from 'commander';
import { type CommandFile, newCommand } from './command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionCommand: CommandFile = {
  build: () =>
    newCommand('completion', 'Print the completion of commands, flags and their values for a shell.', [
      'source <(negawatt completion bash)',
      'negawatt completion bash > /etc/bash_completion.d/negawatt',
      'source <(negawatt completion zsh)',
      'negawatt completion fish > ~/.config/fish/completions/negawatt.fish',
    ])
      .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
      .action(async (shell: (typeof SHELLS)[number], _options, command: Command) => {
        const { printCompletion } = await import('../completion/index.ts');
        await printCompletion(shell, command.parent ?? command);
      }),
};
