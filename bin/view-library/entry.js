// What the map page uses of regl-scatterplot.
export { default as createScatterplot } from "regl-scatterplot";
