import { Raw } from "../../testing/stand-ins/http.ts";
import { standIn, wiring } from "../../testing/stand-ins/rest.ts";
import { testDirectTransport } from "../../testing/transports/direct.ts";
import { testProcess } from "../../testing/transports/process.ts";

testDirectTransport({
  wiring,
  standIn,
  beginning: "0",
  answers: {
    "an error page of something in between is not": {
      answer: new Raw(502, "text/html", "<h1>Bad gateway</h1>"),
      status: 503,
      retryAfter: "1",
      shown: { code: "unavailable", detail: "sample answered with status 502" },
    },
    "an answer that is not JSON is the service's fault": {
      answer: new Raw(200, "application/json", "<html>"),
      status: 500,
      shown: { detail: "The answer of sample is not JSON" },
    },
  },
});

testProcess(new URL("../../testing/stand-ins/rest.ts", import.meta.url), standIn);
