// What a servlet in Jetty understood of a request.
import java.io.IOException;
import java.net.InetSocketAddress;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import java.util.HexFormat;

public class Jetty {
  static ServletHolder servlet(boolean guarded) {
    return new ServletHolder(new HttpServlet() {
      @Override
      protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        int length = request.getInputStream().readAllBytes().length;
        String path = request.getServletPath() + (request.getPathInfo() == null ? "" : request.getPathInfo());
        String host = request.getServerName().toLowerCase().replaceAll("\\.$", "");
        String id = request.getHeader("X-Request-Id");
        String hex = HexFormat.of().formatHex(path.getBytes("UTF-8"));
        response.setHeader("X-Seen", String.join(" ", request.getMethod(), id == null ? "-" : id, "" + length, hex));
        response.getWriter().print(guarded || host.equals("secret.example") ? System.getenv("MARK") : "seen");
      }
    });
  }

  public static void main(String[] arguments) throws Exception {
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))));
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(servlet(true), "/admin/*");
    context.addServlet(servlet(false), "/*");
    server.setHandler(context);
    server.start();
    server.join();
  }
}
