/** Text of a provider as a note or a message can show it: one line, short, without control characters. */
export const oneLine = (text: string, most = 160): string => {
  const plain = text
    .slice(0, most * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
  return plain.length > most ? `${plain.slice(0, most - 3)}...` : plain;
};
