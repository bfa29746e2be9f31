// The `content` of each meta refresh in the document as the browser has parsed it, and in its frames.
() => {
  const documents = (top) => [
    top,
    ...[...top.querySelectorAll("iframe, frame, object, embed")].flatMap((each) =>
      each.contentDocument ? documents(each.contentDocument) : [],
    ),
  ];
  return documents(document).flatMap((each) =>
    [...each.querySelectorAll("meta[http-equiv]")]
      .filter((meta) => meta.httpEquiv.trim().toLowerCase() === "refresh")
      .map((meta) => meta.content),
  );
}
