// What a servlet in Tomcat understood of a request.
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HexFormat;
import org.apache.catalina.Context;

public class Tomcat {
  static HttpServlet servlet(boolean guarded) {
    return new HttpServlet() {
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
    };
  }

  public static void main(String[] arguments) throws Exception {
    org.apache.catalina.startup.Tomcat tomcat = new org.apache.catalina.startup.Tomcat();
    tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
    tomcat.setPort(Integer.parseInt(System.getenv("PORT")));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    Context context = tomcat.addContext("", System.getProperty("java.io.tmpdir"));
    tomcat.addServlet("", "secret", servlet(true));
    tomcat.addServlet("", "echo", servlet(false));
    context.addServletMappingDecoded("/admin/*", "secret");
    context.addServletMappingDecoded("/*", "echo");
    tomcat.start();
    tomcat.getServer().await();
  }
}
