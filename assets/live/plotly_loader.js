// Runs plotly's own browser build, once per page load, from the source that the server hands over:
// charts then update through Plotly.react without a blank frame and without any outside request.
export default function ({ data, setStateValue }) {
  if (!window.Plotly) {
    const script = document.createElement("script");
    script.textContent = data.source;
    document.head.append(script);
    window.dispatchEvent(new Event("ltp-plotly-ready"));
  }
  setStateValue("loaded", true);
}
