interface IconProps {
  readonly size?: number;
}

/** Drawn for this console, 20 by 20, in the colour of the text around them. */
function Drawing({ size = 18, path }: IconProps & { path: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={path} />
    </svg>
  );
}

const HANDSET =
  'M6.2 3.2 8 6.8 6.4 8.4a10.6 10.6 0 0 0 5.2 5.2l1.6-1.6 3.6 1.8v2.4a1.4 1.4 0 0 1-1.5 1.4A13.4 13.4 0 0 1 2.4 4.7 1.4 1.4 0 0 1 3.8 3.2Z';
const MICROPHONE = 'M10 2.5a2.4 2.4 0 0 1 2.4 2.4v4.6a2.4 2.4 0 0 1-4.8 0V4.9A2.4 2.4 0 0 1 10 2.5Z';

export const CallsIcon = (props: IconProps) => <Drawing {...props} path="M3 5h14M3 10h14M3 15h9" />;
export const HistoryIcon = (props: IconProps) => (
  <Drawing {...props} path="M3.4 8.2A7 7 0 1 1 3 10.6M3 4v4.4h4.4M10 6.4V10l2.6 1.8" />
);
export const PhoneIcon = (props: IconProps) => <Drawing {...props} path={HANDSET} />;
export const HangUpIcon = (props: IconProps) => (
  <Drawing
    {...props}
    path="M2.6 11.6c4.2-4.4 10.6-4.4 14.8 0l-1.9 2.3-3.2-1.4v-1.9a9 9 0 0 0-4.6 0v1.9l-3.2 1.4Z"
  />
);
export const SetupIcon = (props: IconProps) => (
  <Drawing {...props} path="M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4" />
);
export const SearchIcon = (props: IconProps) => (
  <Drawing {...props} path="M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4" />
);
export const SunIcon = (props: IconProps) => (
  <Drawing
    {...props}
    path="M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M4.3 15.7l1.2-1.2M14.5 5.5l1.2-1.2"
  />
);
export const MoonIcon = (props: IconProps) => (
  <Drawing {...props} path="M16.5 11.8A6.8 6.8 0 0 1 8.2 3.5a6.8 6.8 0 1 0 8.3 8.3Z" />
);
export const LogOutIcon = (props: IconProps) => (
  <Drawing {...props} path="M8 3.5H4.5v13H8M12 6.5l3.5 3.5-3.5 3.5M15.2 10H8" />
);
export const BackIcon = (props: IconProps) => <Drawing {...props} path="m11.5 4.5-5.5 5.5 5.5 5.5" />;
export const ListenIcon = (props: IconProps) => (
  <Drawing
    {...props}
    path="M3 7.8v4.4h2.8l4 3.3v-11l-4 3.3ZM12.8 7.6a3.6 3.6 0 0 1 0 4.8M15 5.4a6.6 6.6 0 0 1 0 9.2"
  />
);
export const SilentIcon = (props: IconProps) => (
  <Drawing {...props} path="M3 7.8v4.4h2.8l4 3.3v-11l-4 3.3ZM13 8l4 4M17 8l-4 4" />
);
export const MicrophoneIcon = (props: IconProps) => (
  <Drawing {...props} path={`${MICROPHONE}M4.6 9.4a5.4 5.4 0 0 0 10.8 0M10 14.8v2.7`} />
);
export const MicrophoneOffIcon = (props: IconProps) => (
  <Drawing {...props} path={`${MICROPHONE}M4.6 9.4a5.4 5.4 0 0 0 10.8 0M10 14.8v2.7M3 3l14 14`} />
);
export const DownloadIcon = (props: IconProps) => (
  <Drawing {...props} path="M10 3v9M6.2 8.6 10 12.4l3.8-3.8M3.5 16.5h13" />
);
export const PauseIcon = (props: IconProps) => <Drawing {...props} path="M7 4.5v11M13 4.5v11" />;
export const RecordIcon = (props: IconProps) => (
  <Drawing
    {...props}
    path="M10 14a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z"
  />
);
export const CopyIcon = (props: IconProps) => <Drawing {...props} path="M7 7h9.5v9.5H7ZM13 7V3.5H3.5V13H7" />;
export const CheckIcon = (props: IconProps) => <Drawing {...props} path="m4 10.5 4 4 8-9" />;
export const WarningIcon = (props: IconProps) => (
  <Drawing {...props} path="M10 3 18 16.5H2ZM10 8v4M10 14.2v.1" />
);
export const KeyboardIcon = (props: IconProps) => (
  <Drawing {...props} path="M2.5 5.5h15v9h-15ZM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6.5 11.8h7" />
);
export const LockIcon = (props: IconProps) => (
  <Drawing {...props} path="M4.5 9h11v8h-11ZM6.8 9V6.4a3.2 3.2 0 0 1 6.4 0V9" />
);
export const UnpluggedIcon = (props: IconProps) => (
  <Drawing
    {...props}
    path="M12.5 7.5 17 3M3 17l4.5-4.5M6 8.5 11.5 14a3.6 3.6 0 0 1-5 0l-.5-.5a3.6 3.6 0 0 1 0-5ZM10.5 6l3.5 3.5M13 11.8l1-1"
  />
);
