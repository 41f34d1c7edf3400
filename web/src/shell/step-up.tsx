'use client';

import dynamic from 'next/dynamic';
import { useEffect, useState } from 'react';

import { provideStepUp } from '@/api/step-up';

const StepUpDialog = dynamic(() => import('./step-up-dialog'), { ssr: false });

// StepUp stands by for calls that need a fresh second factor; the dialog is fetched when the first one does.
export function StepUp() {
  const [answer, setAnswer] = useState<{ give: (proven: boolean) => void } | null>(null);
  useEffect(() => provideStepUp(() => new Promise<boolean>((resolve) => setAnswer({ give: resolve }))), []);
  if (!answer) return null;
  return (
    <StepUpDialog
      close={(proven) => {
        setAnswer(null);
        answer.give(proven);
      }}
    />
  );
}
