export { dashboards } from './dashboards.js';
export { dashboardFiles } from './files.js';
export { type PanelQuery, panelQueries, type QueryValues } from './queries.js';
