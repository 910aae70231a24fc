// What the JDK's own server understood of a request.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.concurrent.Executors;

public class Jdk {
  static void answer(HttpExchange exchange) throws IOException {
    int length = exchange.getRequestBody().readAllBytes().length;
    String path = exchange.getRequestURI().getPath();
    boolean guarded = path != null && (path.equals("/admin") || path.startsWith("/admin/"));
    String host = exchange.getRequestHeaders().getFirst("Host");
    String bare = (host == null ? "" : host).split(":")[0].toLowerCase().replaceAll("\\.$", "");
    String id = exchange.getRequestHeaders().getFirst("X-Request-Id");
    String hex = HexFormat.of().formatHex((path == null ? "" : path).getBytes("UTF-8"));
    String method = exchange.getRequestMethod();
    exchange.getResponseHeaders().set("X-Seen", String.join(" ", method, id == null ? "-" : id, "" + length, hex));
    byte[] text = (guarded || bare.equals("secret.example") ? System.getenv("MARK") : "seen").getBytes();
    exchange.sendResponseHeaders(200, method.equals("HEAD") ? -1 : text.length);
    if (!method.equals("HEAD")) exchange.getResponseBody().write(text);
    exchange.close();
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 1024);
    server.createContext("/", Jdk::answer);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.start();
  }
}
