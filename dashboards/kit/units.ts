/** Grafana has no unit of CO2e; a suffix is shown as it is, and scaled by the query. */
export const CO2E = 'suffix:kgCO2e';
export const CO2E_RATE = 'suffix:kgCO2e/h';
export const INTENSITY = 'suffix:gCO2e/kWh';

export const GRID = 'negawatt_grid_intensity_grams_per_kilowatt_hour';
