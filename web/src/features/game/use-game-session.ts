'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, unwrap } from '@/api/client';

// end tells the platform that the player has left. It may be the last thing that the page does, so nothing waits for it.
function end(gameSessionId: string): void {
  void api.POST('/v1/game-sessions/{game_session_id}:end', { params: { path: { game_session_id: gameSessionId } }, body: {}, keepalive: true }).catch(() => undefined);
}

// useGameSession opens a session when the page comes and ends it when the player leaves by whatever way.
export function useGameSession(gameId: string, currency: string | undefined, language: string) {
  const session = useRef('');
  const launch = useMutation({
    mutationFn: (play: { gameId: string; currency: string; language: string }) =>
      unwrap(
        api.POST('/v1/games/{game_id}:launch', {
          params: { path: { game_id: play.gameId } },
          body: {
            currency: play.currency,
            language: play.language,
            mobile: matchMedia('(pointer: coarse)').matches,
            lobbyUrl: `${window.location.origin}/`,
          },
        }),
      ),
    onSuccess: (r) => {
      session.current = r.gameSessionId ?? '';
    },
  });
  const { mutate } = launch;

  useEffect(() => {
    if (gameId && currency) mutate({ gameId, currency, language });
    const leave = () => {
      if (session.current) end(session.current);
      session.current = '';
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
    // A change of the page's language does not open the game anew.
  }, [gameId, currency, mutate]);

  const again = () => {
    if (session.current) end(session.current);
    session.current = '';
    if (currency) mutate({ gameId, currency, language });
  };
  return { launch, again };
}
