// Of the document and each of its frames: address, base, and the `content` of each meta refresh as it is parsed.
() => {
  const documents = (top) => [
    top,
    ...[...top.querySelectorAll("iframe, frame, object, embed")].flatMap((each) =>
      each.contentDocument ? documents(each.contentDocument) : [],
    ),
  ];
  const contents = (each) =>
    [...each.querySelectorAll("meta[http-equiv]")]
      .filter((meta) => meta.httpEquiv.trim().toLowerCase() === "refresh")
      .map((meta) => meta.content);
  return documents(document).map((each) => [each.URL, each.baseURI, contents(each)]);
}
