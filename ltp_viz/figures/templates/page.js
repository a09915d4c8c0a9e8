const figures = JSON.parse(document.getElementById("figures").textContent);
figures.forEach((figure, k) => {
  const place = document.getElementById("figure-" + k);
  place.style.minHeight = figure.layout.height + "px";
  Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
});
