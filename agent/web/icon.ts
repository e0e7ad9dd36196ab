/** Icon of the page: a bolt, half of it gone. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="7" fill="#0b7a53"/>
  <path d="M18 4 8 18h7z" fill="#fff"/>
  <path d="M14 28l10-14h-7z" fill="#fff" fill-opacity=".45"/>
</svg>
`;
