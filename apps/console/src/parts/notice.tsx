import type { ReactNode } from 'react';
import { CallsIcon, LockIcon, PhoneIcon, UnpluggedIcon, WarningIcon } from './icons.js';

const ICONS = {
  calls: CallsIcon,
  lock: LockIcon,
  phone: PhoneIcon,
  unplugged: UnpluggedIcon,
  warning: WarningIcon,
};

/** In place of what cannot be shown: why, and what to do. */
export function Notice({
  title,
  icon,
  children,
}: {
  title: string;
  icon: keyof typeof ICONS;
  children?: ReactNode;
}) {
  const Icon = ICONS[icon];
  return (
    <section className="notice">
      <Icon size={30} />
      <h1>{title}</h1>
      <div>{children}</div>
    </section>
  );
}
