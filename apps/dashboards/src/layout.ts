import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { bar, TAG } from './links.js';
import type { AnyPanel } from './panels.js';

export interface Section {
  readonly title: string;
  readonly panels: readonly AnyPanel[];
}

export interface DashboardText {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly { build(): VariableModel }[];
  readonly sections: readonly Section[];
}

/** What the four dashboards have in common. */
export function dashboard(spec: DashboardText): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .links(bar())
    .variables([...spec.variables]);
  for (const { title, panels } of spec.sections) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // Links belong in the bar, where they are seen; the library would put them into a menu.
  for (const link of built.links ?? []) delete link.placement;
  // Numbered here, so that links to a panel live on when Grafana reads the file again.
  built.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return built;
}
